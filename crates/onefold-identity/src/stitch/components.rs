//! The outcome: which identifiers are one.

use super::texts::Texts;

/// The connected components of all edges.
///
/// Components are counted from 0 in the order in which their first identifier appeared, identifiers in the order of their
/// own first appearance; both depend on the edges and their order alone.
#[derive(Debug, Clone)]
pub struct Components {
    pub(super) edges: u64,
    pub(super) texts: Texts,
    /// The component of each identifier.
    pub(super) component_of: Vec<u32>,
    pub(super) sizes: Vec<u32>,
}

impl Components {
    /// How many edges were added, repeated ones included.
    pub fn edges(&self) -> u64 {
        self.edges
    }

    /// How many different identifiers there are.
    pub fn ids(&self) -> usize {
        self.texts.len()
    }

    /// How many components there are.
    pub fn components(&self) -> usize {
        self.sizes.len()
    }

    /// How many identifiers the largest component has; 0 if there is none.
    pub fn largest(&self) -> usize {
        self.sizes.iter().max().map_or(0, |size| *size as usize)
    }

    /// The component of an identifier, as it was written (`kind:value`), if any edge has it. One lookup in the table.
    pub fn component_of(&self, identifier: &[u8]) -> Option<usize> {
        let number = self.texts.number(identifier)?;
        let component = self.component_of.get(number as usize)?;
        Some(*component as usize)
    }

    /// How many identifiers a component has, if there is such a component.
    pub fn size_of(&self, component: usize) -> Option<usize> {
        self.sizes.get(component).map(|size| *size as usize)
    }

    /// Every identifier with its component, in the order of first appearance.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], usize)> {
        let components = self.component_of.iter().map(|number| *number as usize);
        self.texts.iter().zip(components)
    }

    /// Memory held, in bytes.
    pub fn memory_bytes(&self) -> usize {
        let numbers = self.component_of.capacity() + self.sizes.capacity();
        self.texts.memory_bytes() + numbers * size_of::<u32>()
    }
}
